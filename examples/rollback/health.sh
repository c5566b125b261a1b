#!/bin/sh
# Version 2 is not healthy.
[ "$(cat current)" = v2 ] && { echo "503: $(cat current) does not answer"; exit 1; }
echo 200
