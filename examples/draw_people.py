"""Draw a stored result on its video, in a way of your own: only the people you choose.

$ lighttrack track video.mp4 --output out
$ python examples/draw_people.py out/video.tracks.jsonl video.mp4 chosen.mp4 0 3
"""

import sys

import numpy as np

import lighttrack

tracks, source, target = sys.argv[1:4]
chosen = [int(identity) for identity in sys.argv[4:]]
result = lighttrack.read_tracks(tracks)
people_of = {people.index: people for people in result.frames}
info = result.info
with (
    lighttrack.open_video(source) as video,
    lighttrack.VideoWriter(target, width=info.width, height=info.height, fps=info.fps) as drawn,
):
    for frame in video:
        image = frame.image
        if frame.index in people_of:
            people = people_of[frame.index]
            image = lighttrack.draw(image, people[np.isin(people.ids, chosen)])
        drawn.write(image, frame.time)
