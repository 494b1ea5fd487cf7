"""Whether the site answers: `python deploy/healthy.py /readyz` ends with 0 or 1. Asks this machine in the name of SITE_URL."""

import http.client
import os
import sys
from urllib.parse import urlsplit

port = int(os.environ.get("BIND", "127.0.0.1:8000").rpartition(":")[2])
host = urlsplit(os.environ.get("SITE_URL", "http://localhost:8000")).netloc
try:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.request("GET", sys.argv[1], headers={"Host": host})
    answer = line.getresponse()
    print(answer.status, answer.read().decode())
    sys.exit(answer.status != 200)
except OSError as error:
    sys.exit(str(error))
