"""Pictures of results: skeletons, identities, contact sheets."""
