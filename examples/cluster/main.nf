// A process a video: nextflow run examples/cluster/main.nf
// Folders and what else `track` takes: --videos DIR --results DIR --options "--preset fast"

params.videos = 'videos'
params.results = 'results'
params.options = ''

process track {
    cpus 2
    publishDir "${params.results}/${folder}", mode: 'copy'
    input: tuple val(folder), path(video)
    output: path '*.tracks.jsonl'
    script: "lighttrack track '$video' --output . --write jsonl --threads ${task.cpus} ${params.options}"
}

workflow {
    top = file(params.videos)
    track(channel.fromPath("${params.videos}/**.mp4").map { [top.relativize(it.parent), it] })
}
