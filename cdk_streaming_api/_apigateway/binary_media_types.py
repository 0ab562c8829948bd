"""Check the media types of bodies that an API passes on as they are.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aws_cdk import Token

from .._common.argument_checks import check_several
from .._common.tokens import check_list_known

# RFC 9110, section 8.3.1, without parameters; API Gateway compares the text
_MEDIA_TYPE = re.compile("{0}/{0}".format(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"))


def checked_media_types(media_types: Sequence[str]) -> list[str] | None:
    """Return the binary media types of an API, None where there are none.

    :raises ValueError: for what is no media type, or has parameters; a TypeError for one text.
    """
    check_several("binary_media_types", media_types)
    check_list_known("binary_media_types", media_types, "each is checked")
    for each in media_types:
        if not Token.is_unresolved(each) and not _MEDIA_TYPE.fullmatch(each):
            raise ValueError(
                "binary_media_types must be media types without parameters, such as 'multipart/form-data', "
                f"got '{each}'"
            )
    return list(media_types) or None
