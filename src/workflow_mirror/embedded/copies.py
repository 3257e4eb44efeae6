"""Root's copy of the wheel's files, if only root can read the wheel."""

import os
import shutil
import tempfile
from pathlib import Path

from workflow_mirror.embedded import locks, root
from workflow_mirror.embedded.errors import OWN_SERVER, EmbeddedPostgresError

NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs", "__pycache__", "*.py")


def copy_of(package: Path, version: str) -> Path:
    """Return the package's copy that every user can read, made once for a version."""
    place = root.make_place()
    copied = place / f"postgresql-{version}"
    try:
        with locks.exclusive(place / ".lock"):
            if not _same(package, copied / package.name):
                if copied.exists():
                    shutil.rmtree(copied)
                _copy(package, copied)
    except (OSError, shutil.Error) as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL's programs cannot be copied to {copied} ({_first(error)}): "
            f"put that right, {OWN_SERVER}."
        ) from error
    return copied / package.name


def _copy(package: Path, target: Path) -> None:
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".copy-"))
    try:
        for source in _trees(package):
            shutil.copytree(source, aside / source.name, ignore=NOT_NEEDED)
        _let_others_read(aside)
        aside.rename(target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _trees(package: Path) -> list[Path]:
    # Beside the package lie the shared libraries that its programs find by a relative path.
    libraries = package.with_name(f"{package.name}.libs")
    return [package, libraries] if libraries.is_dir() else [package]


def _let_others_read(tree: Path) -> None:
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _same(package: Path, copied: Path) -> bool:
    """Whether only root can write the copy, and all files have the package's sizes."""
    if not copied.is_dir() or any(_foreign(path) for path in copied.parent.rglob("*")):
        return False
    return all(_sizes(tree) == _sizes(copied.with_name(tree.name)) for tree in _trees(package))


def _foreign(path: Path) -> bool:
    status = path.lstat()
    return status.st_uid != 0 or bool(status.st_mode & 0o022)


def _sizes(tree: Path) -> dict[str, int]:
    sizes = {}
    for directory, directories, files in os.walk(tree):
        skipped = NOT_NEEDED(directory, [*directories, *files])
        directories[:] = [name for name in directories if name not in skipped]
        for name in set(files) - skipped:
            path = Path(directory, name)
            sizes[str(path.relative_to(tree))] = path.stat().st_size
    return sizes


def _first(error: OSError) -> str:
    if isinstance(error, shutil.Error):  # it lists every file that failed
        return str(error.args[0][0][-1])
    return error.strerror or str(error)
