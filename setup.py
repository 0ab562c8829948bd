"""List the packages of the wheel, so that no new folder is left out of it.

``lambda_src`` ships as ``cdk_streaming_api.lambda_src``; setuptools' own search cannot find a package under
another name than its folder's.
"""

from setuptools import find_packages, setup  # type: ignore[import-untyped]

GROUNDS = ("cdk_streaming_api", "streaming_api_templates", "streaming_api_tools")

setup(
    packages=[
        *find_packages(include=[pattern for name in GROUNDS for pattern in (name, f"{name}.*")]),
        "cdk_streaming_api.lambda_src",
    ]
)
