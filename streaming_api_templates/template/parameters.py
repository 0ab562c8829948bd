"""Read the parameters of a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping

from .lenient_json import Json, mapping


def parameter_values(section: Json, given: Mapping[str, Json]) -> dict[str, Json]:
    """Return the values of parameters as ``Ref`` gives them, those of the list types as lists.

    The default of an SSM parameter type is a name, not its value, and so is left out.

    :param section: the section ``Parameters``
    :param given: values that go before the defaults, also such as are no parameters of the template

    >>> parameter_values({"Ids": {"Type": "CommaDelimitedList", "Default": "a, b"}}, {"AWS::Region": "r"})
    {'Ids': ['a', 'b'], 'AWS::Region': 'r'}
    """
    declared: Mapping[str, Json] = section if isinstance(section, dict) else {}
    found: dict[str, Json] = {}
    for name, parameter in declared.items():
        kind = str(mapping(parameter).get("Type"))
        if "Default" in mapping(parameter) and not kind.startswith("AWS::SSM::Parameter::Value<"):
            found[name] = str(mapping(parameter)["Default"])
    found.update(given)
    for name, parameter in declared.items():
        kind, value = str(mapping(parameter).get("Type")), found.get(name)
        if isinstance(value, str) and (kind == "CommaDelimitedList" or kind.startswith("List<")):
            found[name] = [part.strip() for part in value.split(",")]
    return found
