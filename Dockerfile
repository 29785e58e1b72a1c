# lighttrack on an ordinary processor:
#   docker build -t lighttrack .
#   docker run --rm -v "$PWD:/data" lighttrack track match.mp4 --output out
FROM python:3.12-slim

COPY pyproject.toml README.md LICENSE /src/
COPY src /src/src
RUN pip install --no-cache-dir /src && rm -rf /src \
    && useradd --create-home lighttrack && mkdir /data /models \
    && chown lighttrack /data /models

USER lighttrack
# Networks that are fetched stay in a volume, if one is mounted here.
ENV LIGHTTRACK_CACHE=/models
WORKDIR /data
ENTRYPOINT ["lighttrack"]
CMD ["--help"]
