#!/bin/sh
# Builds and packages the extension as hdsl.vsix, with node and npm alone.
set -eu
cd "$(dirname "$0")"
cp ../../LICENSE .
npm install --no-audit --no-fund --no-package-lock
npm run check
npm run build
npm run package
ls -l hdsl.vsix
