"""Copies what is used out of node_modules: fonts of pages and PDFs, htmx, the upload client, and one sprite of the icons that are named."""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

FONTS = ("bricolage-grotesque", "figtree")
SUBSETS = ("latin", "latin-ext")
PDF_FONTS = (  # static files, since typst reads no variable fonts; Noto Sans holds Greek and Cyrillic, which the other two lack
    "figtree/400Regular/Figtree_400Regular.ttf",
    "figtree/600SemiBold/Figtree_600SemiBold.ttf",
    "bricolage-grotesque/800ExtraBold/BricolageGrotesque_800ExtraBold.ttf",
    "noto-sans/400Regular/NotoSans_400Regular.ttf",
    "noto-sans/700Bold/NotoSans_700Bold.ttf",
)
PACKAGES = ("fulcrum", "applications", "selection", "programme")
IN_TEMPLATE = re.compile(r"""\{%\s*icon\s+["']([^"']+)["']|\bicon=["']([^"']+)["']""")
CONSTANT = re.compile(r"(^|_)ICONS?(_|$)|^icons?$", re.IGNORECASE)
ATTRIBUTES = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'


class Command(BaseCommand):
    help = "Builds the files under the static prefix vendor/, and the fonts of PDFs, from node_modules. Needs no database."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        base = Path(settings.BASE_DIR)
        modules = base / "node_modules"
        if not modules.is_dir():
            raise CommandError("node_modules is missing: install the packages of package.json first.")
        target = next(Path(entry[1]) for entry in settings.STATICFILES_DIRS if isinstance(entry, tuple) and entry[0] == "vendor")
        copied = sum(copy(source, to) for source, to in originals(modules, target))
        icons = named_icons(base)
        made = write_sprite(modules / "lucide-static" / "icons", icons, target / "icons.svg")
        self.stdout.write(f"{copied} files copied; {len(icons)} icons {'drawn' if made else 'unchanged'}.")


def originals(modules: Path, vendor: Path) -> Iterator[tuple[Path, Path]]:
    """What is copied, and where to."""
    for font in FONTS:
        for subset in SUBSETS:
            name = f"{font}-{subset}-wght-normal.woff2"
            yield modules / "@fontsource-variable" / font / "files" / name, vendor / "fonts" / name
    yield modules / "htmx.org" / "dist" / "htmx.min.js", vendor / "htmx.min.js"
    for name in ("tus.min.js", "tus.min.js.map"):  # the script names its map, and collectstatic wants what is named
        yield modules / "tus-js-client" / "dist" / name, vendor / name
    for path in PDF_FONTS:
        yield modules / "@expo-google-fonts" / path, settings.PDF_FONTS / Path(path).name


def copy(source: Path, target: Path) -> bool:
    """Copy unless the copy is as new as the original."""
    if not source.is_file():
        raise CommandError(f"{source.name} is missing in node_modules.")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime and target.stat().st_size == source.stat().st_size:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return True


def named_icons(base: Path) -> dict[str, Path]:
    """Every icon that a template or a module names, with a file that names it."""
    found: dict[str, Path] = {}
    for path in sorted((base / "templates").rglob("*.html")):
        for match in IN_TEMPLATE.finditer(path.read_text(encoding="utf-8")):
            name = match.group(1) or match.group(2)
            if "{" not in name:
                found.setdefault(name, path.relative_to(base))
    for package in PACKAGES:
        for path in sorted((base / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if "icon" in text.lower() and path != Path(__file__):
                for name in icons_in(ast.parse(text)):
                    found.setdefault(name, path.relative_to(base))
    return found


def icons_in(tree: ast.AST) -> Iterator[str]:
    """icon="x", {"icon": "x"}, icons={…: "x"}, and constants called ICON, ICONS or SOMETHING_ICONS."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in {"icon", "icons"}:
            yield from texts(node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "icon":
                    yield from texts(value)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id if isinstance(target, ast.Name) else getattr(target, "attr", "") for target in targets]
            if node.value and any(CONSTANT.search(name) for name in names):
                yield from texts(node.value)


def texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node.value:
            yield node.value
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from texts(value)
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        for value in node.elts:
            yield from texts(value)
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def write_sprite(folder: Path, icons: dict[str, Path], target: Path) -> bool:
    """One file of symbols, rewritten only when it would differ."""
    symbols = []
    for name, where in sorted(icons.items()):
        source = folder / f"{name}.svg"
        if not re.fullmatch(r"[a-z0-9-]+", name) or not source.is_file():
            raise CommandError(f"No icon is called {name!r}, which {where} names.")
        body = re.sub(r"<!--.*?-->", "", source.read_text(encoding="utf-8"), flags=re.DOTALL)
        drawing = " ".join(body[body.index(">", body.index("<svg")) + 1 : body.rindex("</svg>")].split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24" {ATTRIBUTES}>{drawing}</symbol>')
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n<!-- Icons of Lucide, ISC licence -->\n' + "\n".join(symbols) + "\n</svg>\n"
    if target.exists() and target.read_text(encoding="utf-8") == sprite:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(sprite, encoding="utf-8")
    return True
