FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 DATA_DIR=/data STATIC_ROOT=/app/staticfiles
WORKDIR /app
RUN useradd --system --uid 10001 helpdesk && install -d -m 0750 -o helpdesk /data

COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN DATA_DIR=/tmp/build python manage.py collectstatic --noinput -v 0 && rm -rf /tmp/build

USER helpdesk
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "helpdesk.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4"]
