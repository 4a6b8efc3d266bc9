from arazzoc.cli import main

raise SystemExit(main())
