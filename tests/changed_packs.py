"""Evidence packs that somebody changed."""

from __future__ import annotations

import hashlib
import io
import zipfile


def with_file(pack: bytes, path: str, content: bytes, sealed: bool = False) -> bytes:
    """Return a pack with another content of one file; `sealed` also makes its manifest anew, as a forger would."""
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        files = {entry: archive.read(entry) for entry in archive.namelist()}
    files[path] = content
    if sealed:
        names = sorted(files.keys() - {"MANIFEST.txt", "MANIFEST.txt.sha256"})
        manifest = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in names).encode()
        files["MANIFEST.txt"] = manifest
        files["MANIFEST.txt.sha256"] = f"{hashlib.sha256(manifest).hexdigest()}  MANIFEST.txt\n".encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()
