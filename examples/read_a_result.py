"""Read a result, in whatever format, and say how long each person was there and how far they went.

$ python examples/read_a_result.py out/video.tracks.jsonl
"""

import sys

import numpy as np

import lighttrack

result = lighttrack.read_tracks(sys.argv[1])
for track in result.tracks():
    middles = (track.boxes[:, :2] + track.boxes[:, 2:]) / 2
    way = np.linalg.norm(np.diff(middles, axis=0), axis=1).sum()
    print(
        f"person {track.id}: {track.times[0]:.1f} s to {track.times[-1]:.1f} s, "
        f"in {len(track)} frames, {way:.0f} pixels of way"
    )
