"""Draw tracked people with supervision's annotators: boxes, ids, trails, skeletons.

$ pip install supervision
$ lighttrack track video.mp4 --output out
$ python examples/supervision_annotators.py out/video.tracks.jsonl video.mp4 annotated.mp4
"""

import sys

import supervision as sv

import lighttrack

tracks, source, target = sys.argv[1:4]
result = lighttrack.read_tracks(tracks)
people_of = {people.index: people for people in result.frames}
info = result.info
# supervision counts keypoints from 1; naming the edges keeps it from guessing the skeleton.
edges = [(a + 1, b + 1) for a, b in result.skeleton.edges]
by_id = sv.ColorLookup.TRACK
annotators = [
    sv.RoundBoxAnnotator(color_lookup=by_id),
    sv.TraceAnnotator(color_lookup=by_id, trace_length=round(info.fps)),
    sv.LabelAnnotator(color_lookup=by_id),
]
skeletons = sv.EdgeAnnotator(edges=edges)
with (
    lighttrack.open_video(source) as video,
    lighttrack.VideoWriter(target, width=info.width, height=info.height, fps=info.fps) as drawn,
):
    for frame in video:
        image = frame.image.copy()
        people = people_of.get(frame.index)
        if people is not None and len(people):
            confirmed = people[people.ids >= 0]
            detections = confirmed.to_detections()
            labels = [str(identity) for identity in detections.tracker_id]
            for annotator in annotators[:-1]:
                image = annotator.annotate(image, detections)
            image = annotators[-1].annotate(image, detections, labels=labels)
            image = skeletons.annotate(image, confirmed.to_keypoints())
        drawn.write(image, frame.time)
