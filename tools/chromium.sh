#!/bin/sh
# Says whether the browser tests can run; on Debian, where it is permitted, installs what they need. Never fails.
set -u

find_browser() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}
found() { find_browser && command -v chromedriver >/dev/null 2>&1; }

found && exit 0

if command -v apt-get >/dev/null 2>&1; then
    as_root=
    [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && as_root="sudo -n"; }
    if [ "$(id -u)" = 0 ] || [ -n "$as_root" ]; then
        echo "Installing Chromium and its driver from the distribution ..."
        log=$(mktemp)
        { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends chromium chromium-driver; } >"$log" 2>&1 || tail -n 3 "$log"
        rm -f "$log"
        found && exit 0
    fi
fi

echo "The browser tests will be skipped: Chromium and chromedriver are not both here."
echo "To have them: on Debian, apt-get install chromium chromium-driver; elsewhere, install Chromium and its chromedriver."
