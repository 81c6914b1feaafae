"""Bring the catalogue up to date, compile it, and tell what has no words yet."""

import sys

from portal.translations import MO, PO, missing, mo_bytes, po_bytes, updated

catalog = updated()
PO.parent.mkdir(parents=True, exist_ok=True)
PO.write_bytes(po_bytes(catalog))
MO.write_bytes(mo_bytes(catalog))
lacking = missing(catalog)
for message in lacking:
    print(f"no Chinese yet: {message}")
print(f"messages: {len(catalog)} without words: {len(lacking)}")
sys.exit(1 if lacking else 0)
