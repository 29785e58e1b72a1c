"""Pages of HTML: tracking, PoseTrack, pose matching, and the worst moments of a video."""
