# The environment of `make env`, and the code:
#   docker build -t equilingual .                    (CPU: --build-arg PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu)
#   docker run --rm -v "$PWD:/run" equilingual       (GPU: --gpus all; other Snakemake options follow the name)
# A run writes to /run/results. Put your configuration and data into the mounted folder, and name them by absolute paths:
#   docker run --rm -v "$PWD:/run" equilingual --cores all --configfile /run/my.yaml
# For pods of profiles/kubernetes, with object storage: --build-arg PLUGINS=snakemake-storage-plugin-s3
FROM python:3.11-slim-bookworm
ARG PIP_EXTRA_INDEX_URL
ARG PLUGINS
WORKDIR /equilingual
COPY . .
RUN pip install --no-cache-dir -c constraints.txt -e '.[workflow,translate,train,evaluate,export]' \
    && python -m equilingual.wheels .wheels
# Without the constraints: boto, which the plugin for S3 needs, refuses the python-dateutil that they pin.
RUN if [ -n "$PLUGINS" ]; then pip install --no-cache-dir $PLUGINS; fi
WORKDIR /run
ENTRYPOINT ["snakemake", "--snakefile", "/equilingual/Snakefile"]
CMD ["--cores", "all"]
