"""How Sphinx builds the site; `facelab site` gathers what it reads and calls it."""

from facelab import __version__
from facelab.site import docstrings

project = "facelab"
author = "The facelab authors"
copyright = author  # the name that Sphinx asks for
release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
root_doc = "index"

nb_execution_mode = "off"  # lessons are shown as they were built
nb_render_markdown_format = "myst"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

mathjax_path = "mathjax.js"
mathjax3_config = {"svg": {"fontCache": "local"}, "options": {"enableMenu": False}}

autodoc_typehints = "description"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_custom_sections = ["Source"]
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # a type that two classes name alike

html_theme = "furo"
html_title = "facelab"
html_static_path = ["_static"]
html_css_files = ["facelab/view.css", "site.css"]
html_js_files = ["facelab/loader.js"]
html_show_sphinx = False
html_copy_source = False
html_show_search_summary = False  # it would fetch pages, which browsers refuse from disk
html_theme_options = {"navigation_with_keys": True}


def setup(app):
    """Let docstrings be read as they are written, before Napoleon reads their sections."""
    app.connect("autodoc-process-docstring", docstrings.process, priority=400)
