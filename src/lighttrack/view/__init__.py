"""Pages in the browser: a live stream as it is tracked, and results to look at and to correct.

| module | holds |
|---|---|
| `guard` | who may ask: the token, the `Host` and the `Origin` of a request |
| `serving` | a small server in a thread of its own |
| `pages` | the pages, each with everything in it |
| `capture` | the newest frame of a source |
| `session` | what a live page shows, and what its viewers have asked for |
| `live` | the loop that tracks a source and shows it |
| `recording` | recordings and snapshots |
| `live_app` | the live page's addresses |
| `streams` | poses as OSC and LSL for other programs |
"""
