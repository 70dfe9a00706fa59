"""What machines read: previews, structured data, sitemap, robots.txt, llms.txt.

Everything comes from what is there already: a page's title, its ``description``, its
place in the toctree. Addresses in a sitemap, in previews and in structured data must be
absolute, so they are written only when the host says where it publishes (``SITE_URL``);
a build without it has titles, descriptions, sources and llms.txt with relative links.
Nothing has a date: two builds of one commit are the same bytes.

sphinxext-opengraph, sphinx-sitemap and sphinx-llms-txt were tried (0.13.0, 2.9.0,
0.7.1): each works, and each needs about as much configuration as stands here code.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from jinja2.utils import htmlsafe_json_dumps
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from proved_pages.by_page import noted
from proved_pages.markup import render
from proved_pages.prove.claims import CLAIMS_JSON
from proved_pages.publish.addresses import base, url
from proved_pages.state import state

DESCRIPTIONS = "page_descriptions"  # in the environment


def note_description(app: Sphinx, doctree: nodes.document) -> None:
    """Keep a page's description, for the files that list all pages."""
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            noted(app.env, DESCRIPTIONS)[app.env.docname] = meta["content"]


def description(env: BuildEnvironment, docname: str) -> str:
    """Return a page's description; empty if it has none."""
    return str(noted(env, DESCRIPTIONS).get(docname, ""))


def trail(app: Sphinx, docname: str) -> list[str]:
    """List a page and the pages above it, from the top."""
    relations = state(app).relations
    if relations is None:
        relations = state(app).relations = app.env.collect_relations()
    found = [docname]
    while parent := relations.get(found[0], [None])[0]:
        found.insert(0, parent)
    top = app.config.root_doc
    return found if found[0] == top else [top, *found]


def add_tags(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Add what previews and programs look for to the head of a page."""
    if pagename not in app.env.found_docs:
        context["pageurl"] = None  # no address that anybody should be sent to
        says_so = pagename == "search"  # its template does
        metas = [] if says_so else [("name", "robots", "noindex")]
        markdown, data = "", ""
    else:
        context["pageurl"] = context["pageurl"] and url(app, pagename)
        metas = list(_previews(app, pagename))
        markdown, data = context["pathto"](source(pagename), True), ""
        if base(app):
            found = structured(app, pagename)
            data = htmlsafe_json_dumps(found, ensure_ascii=False)
    context["metatags"] = context.get("metatags", "") + render(
        "proved_pages",
        "head.html.jinja",
        metas=metas,
        markdown=markdown,
        structured=data,
    )


def _previews(app: Sphinx, docname: str) -> Iterator[tuple[str, str, str]]:
    """Yield the tags of Open Graph, and the one that Twitter adds to them."""
    title, site = app.env.titles[docname].astext(), app.config.project
    kind = "website" if docname == app.config.root_doc else "article"
    yield ("property", "og:title", title)
    yield ("property", "og:type", kind)
    yield ("property", "og:site_name", site)
    if text := description(app.env, docname):
        yield ("property", "og:description", text)
    if base(app):
        yield ("property", "og:url", url(app, docname))
    if base(app) and app.config.proved_preview:
        path, width, height, words = app.config.proved_preview
        yield ("property", "og:image", base(app) + path)
        yield ("property", "og:image:width", str(width))
        yield ("property", "og:image:height", str(height))
        yield ("property", "og:image:alt", f"{site} {words}")
        yield ("name", "twitter:card", "summary_large_image")


def source(docname: str) -> str:
    """Return where the Markdown of a page is published (``html_copy_source``)."""
    return f"_sources/{docname}.md"


def structured(app: Sphinx, docname: str) -> dict[str, object]:
    """Return what schema.org calls a page and the way to it."""
    env, root = app.env, app.config.root_doc
    site = {"@type": "WebSite", "name": app.config.project, "url": url(app, root)}
    text = description(env, docname)
    if docname == root:
        return {"@context": "https://schema.org", **site, "description": text}
    page = {
        "@type": "TechArticle",
        "headline": env.titles[docname].astext(),
        "description": text,
        "url": url(app, docname),
        "inLanguage": app.config.language,
        "isPartOf": site,
        "author": {"@type": "Organization", "name": app.config.author},
    }
    crumbs = [
        {
            "@type": "ListItem",
            "position": position,
            "name": env.titles[each].astext(),
            "item": url(app, each),
        }
        for position, each in enumerate(trail(app, docname), 1)
    ]
    way = {"@type": "BreadcrumbList", "itemListElement": crumbs}
    return {"@context": "https://schema.org", "@graph": [page, way]}


def below(env: BuildEnvironment, docname: str) -> Iterator[str]:
    """Yield the pages below a page, in the order of the sidebar."""
    for child in env.toctree_includes.get(docname, []):
        yield child
        yield from below(env, child)


def llms_txt(app: Sphinx) -> str:
    """Return the list of all pages for language models (https://llmstxt.org)."""
    env, root = app.env, app.config.root_doc
    lines = [f"# {app.config.project}", "", f"> {description(env, root)}"]
    lines += [
        "",
        "A sentence marked as a claim is followed by code that fails if it is false; "
        "all code ran when this site was built. Each link leads to the Markdown of a "
        "page, without the outputs of its cells.",
    ]
    for section in env.toctree_includes.get(root, []):
        lines += ["", f"## {env.titles[section].astext()}", ""]
        for docname in [section, *below(env, section)]:
            title = env.titles[docname].astext()
            text = description(env, docname)
            link = f"- [{title}]({base(app)}{source(docname)})"
            lines.append(f"{link}: {text}" if text else link)
    lines += ["", "## Data", ""]
    lines.append(
        f"- [Claims]({base(app)}{CLAIMS_JSON}): every checked sentence with its proof "
        "and the versions that it was checked on"
    )
    return "\n".join(lines) + "\n"


def sitemap(app: Sphinx) -> str:
    """Return the addresses of all pages that a search engine should know."""
    addresses = [url(app, docname) for docname in sorted(app.env.found_docs)]
    return render("proved_pages", "sitemap.xml.jinja", addresses=addresses)


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write the files that list all pages."""
    if exception or app.builder.format != "html":
        return
    files = {"llms.txt": llms_txt(app), "robots.txt": "User-agent: *\nAllow: /\n"}
    if base(app):
        files["sitemap.xml"] = sitemap(app)
        files["robots.txt"] += f"Sitemap: {base(app)}sitemap.xml\n"
    else:
        Path(app.outdir, "sitemap.xml").unlink(missing_ok=True)
    for name, text in files.items():
        Path(app.outdir, name).write_text(text, encoding="utf-8")
