"""Images of results: skeletons, identities, contact sheets."""
