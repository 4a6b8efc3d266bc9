"""The run-time support of generated modules: real modules, tested as such, spliced in as far as a module needs.

Two marks steer the splicing (emit/support.py). A line that ends in `# only: FEATURE` is kept in modules that have
the feature. The lines between `# each source` and `# end` are repeated for each source, with its names in place of
`base_url` and `http://localhost`.
"""
