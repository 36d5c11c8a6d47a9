ARG BASE_IMAGE=python:3.12-slim
FROM ${BASE_IMAGE} AS git
RUN command -v git || (apt-get update -qq && apt-get install -y -qq --no-install-recommends git)

FROM ${BASE_IMAGE}

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

# For `changed-since`: git's own commands are all in this one file, and the base has the libraries that it needs.
COPY --from=git /usr/bin/git /usr/bin/
RUN git --version
WORKDIR /opt/engram-validate
COPY requirements/runtime.lock requirements/
RUN python3 -m pip install --quiet --require-hashes --requirement requirements/runtime.lock
COPY pyproject.toml README.md LICENSE entrypoint.py ./
COPY validator validator
RUN python3 -m pip install --quiet --no-deps --no-build-isolation . && rm -rf validator build *.egg-info

ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="engram-validate" \
      org.opencontainers.image.description="Contract tests for BubuStack engrams and stories, before anything is deployed." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="BubuStack" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# The runner mounts files that only root may write: an action runs as root (GitHub's documentation of Docker actions).
# Engrams never do: each runs in a container of its own, as uid 65532, without capabilities.
WORKDIR /github/workspace
ENTRYPOINT ["python3", "/opt/engram-validate/entrypoint.py"]
