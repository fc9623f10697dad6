"""Writes crates/workbench/model/service.json from botocore's descriptions of the service.

    python3 scripts/service_model.py dynamodb/…/service-2.json.gz dynamodbstreams/…/service-2.json.gz

Kept of them: each command with its shapes, each shape with its members and rules, and the first sentence of what is said
about each.
"""

import gzip
import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "crates/workbench/model/service.json"
RULES = ("min", "max", "pattern", "enum")
SENTENCE_CHARACTERS_MAX = 140


def sentence(html):
    """The first sentence of a documentation, without its marks."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html or "")).strip()
    first = re.split(r"(?<=[.:])\s", text, maxsplit=1)[0].rstrip(":.")
    return first if len(first) <= SENTENCE_CHARACTERS_MAX else ""


def member(reference):
    kept = {"shape": reference["shape"]}
    if said := sentence(reference.get("documentation")):
        kept["documentation"] = said
    return kept


def shape(model):
    kept = {"type": model["type"]}
    kept |= {rule: model[rule] for rule in RULES if rule in model}
    if model.get("required"):
        kept["required"] = model["required"]
    if "members" in model:
        kept["members"] = {name: member(reference) for name, reference in model["members"].items()}
    for part in ("member", "key", "value"):
        if part in model:
            kept[part] = model[part]["shape"]
    return kept


def parts(model):
    """The names of the shapes that a shape is made of."""
    yield from (reference["shape"] for reference in model.get("members", {}).values())
    yield from (model[part]["shape"] for part in ("member", "key", "value") if part in model)


def main(files):
    commands, shapes = [], {}
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as opened:
            model = json.load(opened)
        service = "streams" if "Streams" in model["metadata"]["targetPrefix"] else "tables"
        for name, operation in sorted(model["operations"].items()):
            command = {"name": name, "service": service}
            for part in ("input", "output"):
                if part in operation:
                    command[part] = operation[part]["shape"]
            if said := sentence(operation.get("documentation")):
                command["documentation"] = said
            commands.append(command)
            left = [command[part] for part in ("input", "output") if part in command]
            while left:
                found = left.pop()
                if found not in shapes:
                    shapes[found] = shape(model["shapes"][found])
                    left.extend(parts(model["shapes"][found]))
    kept = {"commands": commands, "shapes": dict(sorted(shapes.items()))}
    TARGET.write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
