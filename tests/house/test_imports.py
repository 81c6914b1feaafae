"""Who may import whom. Areas follow the life of a policy; the rulebook knows nothing but itself."""

import sys
from importlib.metadata import packages_distributions

from tests.house.source import ROOT, is_page, modules, told

# A later area may use an earlier one, never the reverse. The last ones look at everything.
AREAS = (
    "accounts",
    "programme",
    "messages",
    "reference",
    "documents",
    "members",
    "applications",
    "appeals",
    "policies",
    "obligors",
    "ledger",
    "claims",
    "payments",
    "recoveries",
    "warnings",
    "sponsor",
)
LOOK_AT_ALL = ("firms", "public", "desk", "demo")
WEB = ("flask", "flask_login", "flask_wtf", "flask_bootstrap", "flask_smorest", "wtforms", "werkzeug")
PUTS_TOGETHER = ("portal.areas", "portal.factory", "portal.cli", "portal.setup")
# Not pages, and not to know that there is a web: what they do is also done by commands and by other actions.
KNOW_NO_WEB = (
    "records",
    "actions",
    "deciding",
    "facts",
    "reviews",
    "store",
    "compare",
    "files",
    "queries",
    "checks",
)


def area_of(name: str) -> str:
    """The area that an imported name belongs to, or ""."""
    parts = name.split(".")
    return parts[1] if parts[0] == "portal" and len(parts) > 1 and parts[1] in (*AREAS, *LOOK_AT_ALL) else ""


def page_of(name: str) -> bool:
    """Whether an imported name is, or comes from, a module that answers requests."""
    parts = name.split(".")
    return parts[0] == "portal" and any(is_page(part) for part in parts[2:4])


def test_every_folder_of_the_portal_has_its_place_in_the_order() -> None:
    known = {*AREAS, *LOOK_AT_ALL, "common", "scheme", "translations", ""}
    found = {module.area for module in modules()}
    told(
        [f"portal/{area} is in no order" for area in sorted(found - known)],
        "add the area to AREAS in this file, where it comes in the life of a policy",
    )


def test_the_rulebook_imports_only_the_standard_library_and_itself() -> None:
    told(
        [
            f"{module.at(line)} imports {name}"
            for module in modules()
            if module.area == "scheme"
            for line, name in module.imports()
            if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("portal.scheme")
        ],
        "hand the rulebook what it needs as an argument; formats, tables and sentences live outside of it",
    )


def test_common_imports_no_area() -> None:
    told(
        [
            f"{module.at(line)} imports {name}"
            for module in modules()
            if module.area == "common" and not module.stem.endswith("commands")
            for line, name in module.imports()
            if area_of(name) or name.startswith(PUTS_TOGETHER)
        ],
        "move what is shared into portal/common, or let the area hand it in (as Instance.after_import)",
    )


def test_an_area_imports_only_earlier_ones() -> None:
    faults = []
    for module in modules():
        if module.area not in AREAS:
            continue
        for line, name in module.imports():
            there = area_of(name)
            if there in LOOK_AT_ALL or (there and AREAS.index(there) > AREAS.index(module.area)):
                faults.append(f"{module.at(line)}: {module.area} imports {name}, which comes later")
    told(
        faults, "let the later area call the earlier one, or hand a function in where areas.py puts them together"
    )


def test_pages_never_import_another_areas_pages() -> None:
    told(
        [
            f"{module.at(line)} imports {name}"
            for module in modules()
            if module.area
            for line, name in module.imports()
            if page_of(name) and area_of(name) != module.area
        ],
        "share the query or the template part, not the page; link to a page by its endpoint",
    )


def test_only_pages_and_what_puts_the_portal_together_import_pages() -> None:
    told(
        [
            f"{module.at(line)} imports {name}"
            for module in modules()
            if module.area in (*AREAS, *LOOK_AT_ALL) and not is_page(module.stem)
            for line, name in module.imports()
            if page_of(name)
        ],
        "move what both need into a module of its own beside the page",
    )


def test_records_and_actions_know_no_web() -> None:
    told(
        [
            f"{module.at(line)} imports {name}"
            for module in modules()
            if module.area in (*AREAS, *LOOK_AT_ALL)
            if module.stem in KNOW_NO_WEB or module.stem.endswith("_actions")
            for line, name in module.imports()
            if name.split(".")[0] in WEB or name.startswith("portal.common.web")
        ],
        "take the value as an argument and give back a result or a finding; the page knows the request",
    )


def test_importing_the_rulebook_loads_no_web_and_no_database() -> None:
    assert (ROOT / "portal" / "__init__.py").read_text() == "", "portal/__init__.py is empty on purpose"


def test_everything_imported_is_among_the_requirements_of_running() -> None:
    named = {
        line.split("==")[0].split("[")[0].lower().replace("_", "-")
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if "==" in line
    }
    of = packages_distributions()
    told(
        [
            f"{module.at(line)} imports {name}, which requirements.txt does not name"
            for module in modules()
            for line, name in module.imports()
            if (top := name.split(".")[0]) not in (*sys.stdlib_module_names, "portal")
            if not {one.lower().replace("_", "-") for one in of.get(top, [])} & named
        ],
        "name the library in requirements.txt, pinned, or use one that is there",
    )
