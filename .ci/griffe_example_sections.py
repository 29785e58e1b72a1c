"""For the API reference: `Example:` in a docstring is a section of code, as `Examples:` is."""

import re

import griffe


class ExampleSections(griffe.Extension):
    """Has griffe read `Example:`, which Google's style guide does not name, as `Examples:`."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Rename the section in the docstring of `obj`, before it is parsed."""
        if obj.docstring is not None:
            obj.docstring.value = re.sub(
                r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE
            )
