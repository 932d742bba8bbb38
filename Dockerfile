# The suite with its embedded default. docs/install.md tells how to build and run it, and what was tried of it.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
# PyTorch's index of CPU builds, say: without it pip takes the CUDA build, which is 2.7 GB.
ARG PIP_EXTRA_INDEX_URL
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/
RUN pip install --no-cache-dir -c /wheels/constraints.txt "$(ls /wheels/*.whl)[embedded]" && rm -r /wheels
# Any user may run it (docker run --user): its files go to /report, what it caches beside them to /tmp.
ENV HOME=/tmp USER=judge
WORKDIR /report
ENTRYPOINT ["harmony-conformance"]
