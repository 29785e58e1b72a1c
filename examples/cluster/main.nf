// A process a video: nextflow run examples/cluster/main.nf

process track {
    cpus 2
    publishDir 'results'
    input: path video
    output: path '*.tracks.jsonl'
    script: "lighttrack track $video --output . --write jsonl --threads ${task.cpus}"
}

workflow { track(channel.fromPath('videos/**.mp4')) }
