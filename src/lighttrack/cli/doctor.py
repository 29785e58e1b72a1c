"""`lighttrack doctor`."""

from lighttrack.cli.messages import tell


def doctor() -> None:
    """Print what a bug report needs: versions, devices, cache and networks.

    Nothing is fetched, and nothing is sent anywhere.

    For example:

        lighttrack doctor
    """
    from lighttrack.pipeline.doctor import about_this_machine

    facts = about_this_machine()
    width = max(map(len, facts))
    for name, value in facts.items():
        tell(f"{name:{width}s}  {value}")
