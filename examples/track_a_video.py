"""Track the people in a video, and say when each person was there.

$ python examples/track_a_video.py video.mp4
"""

import sys

import lighttrack

result = lighttrack.track_video(sys.argv[1])
for track in result.tracks():
    print(f"person {track.id}: {track.times[0]:.1f} s to {track.times[-1]:.1f} s")
