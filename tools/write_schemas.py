"""Write the JSON Schemas of records and comparisons from the models that the API has too.

    python tools/write_schemas.py
"""

import json
from pathlib import Path

from privacy import schemas


def main() -> None:
    """Write each where it is read from."""
    for name, document in schemas.generated().items():
        path = Path(schemas.__file__).with_name(f"{name}.json")
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
