"""Many videos: one job each that can be repeated without harm, on processes, shards or Ray.

A job is done when its marker says so, which is written last. What is to be done is worked out again
at every start; an engine only decides where a job runs.

| module | holds |
|---|---|
| `jobs` | which videos there are, and where their results go |
| `marker` | what is known of a job: status, fingerprints, error |
| `claim` | who works on a job: files with a lease |
| `storage` | folders of results: local, or an address that fsspec opens |
| `plan` | what is to be done with a job, and what came of it |
| `work` | one job from its claim to its marker |
| `schedule` | which job next, retries, waiting for others |
| `processes`, `ray_tasks` | engines |
| `report` | the table and the gallery |
"""
