# Three stages: styles and scripts by Node; Python packages with their hashes checked; what runs, as a user without rights.
FROM node:22-slim AS pages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
# Tailwind reads templates and forms for the classes they use.
COPY templates ./templates
COPY static ./static
COPY cdnadmin ./cdnadmin
COPY distributions ./distributions
COPY media ./media
RUN npm run build

FROM python:3.13-slim AS packages
COPY requirements.lock ./
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=cdnadmin.settings \
    DATA_DIR=/data
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin cdnadmin \
 && install --directory --owner=cdnadmin --group=cdnadmin --mode=0700 /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY manage.py ./
COPY cdnadmin ./cdnadmin
COPY distributions ./distributions
COPY media ./media
COPY templates ./templates
COPY --from=pages /build/static/dist ./static/dist
# DATA_DIR elsewhere: the volume's folder must stay empty, and the user's.
RUN DATA_DIR=/tmp/build python manage.py collectstatic --no-input && rm -r /tmp/build
USER cdnadmin
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["python", "-m", "cdnadmin.supervisor.probe"]
# Each blocking thread may hold one slow upload.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "16", "--respawn-failed-workers", "cdnadmin.wsgi:application"]
