"""Evaluation: PoseTrack, CLEAR MOT, identity, HOTA, OKS-AP."""
