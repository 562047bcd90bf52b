#!/bin/sh
# A double click in the Finder runs this: it installs diffdecompose for this user, and keeps the window open.
cd "$(dirname "$0")" || exit 1
[ -d installer ] || cd ../.. || exit 1
for python in python3.13 python3.12 python3.11 /opt/homebrew/bin/python3 /usr/local/bin/python3 python3; do
  if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    "$python" -m installer install "$@"
    code=$?
    printf 'Press Enter to close this window. '
    read -r _
    exit $code
  fi
done
echo "Python 3.11 to 3.13 is needed: install it from python.org, then open this file again."
printf 'Press Enter to close this window. '
read -r _
exit 2
