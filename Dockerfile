# The environment of `make env`, and the code:
#   docker build -t equilingual .                    (CPU: --build-arg PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu)
#   docker run --rm -v "$PWD:/run" equilingual       (GPU: --gpus all; other Snakemake options follow the name)
# A run writes to /run/results. Put your configuration and data into the mounted folder, and name them by absolute paths:
#   docker run --rm -v "$PWD:/run" equilingual --cores all --configfile /run/my.yaml
FROM python:3.11-slim-bookworm
ARG PIP_EXTRA_INDEX_URL
WORKDIR /equilingual
COPY . .
RUN pip install --no-cache-dir -c constraints.txt -e '.[workflow,translate,train,evaluate,export]' \
    && python -m equilingual.wheels .wheels
WORKDIR /run
ENTRYPOINT ["snakemake", "--snakefile", "/equilingual/Snakefile"]
CMD ["--cores", "all"]
