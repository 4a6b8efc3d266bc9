"""The run-time support of generated modules, in parts: each is one fixed text.

A part is what follows the imports of a module here, from the line that begins with `# Run-time support`. A generated
module, or a support module that several share, holds a part whole or not at all (emit/support.py).
"""
