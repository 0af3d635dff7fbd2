#!/usr/bin/env bash
# Puts the comment on the pull request, or updates the one that is there.
#   NUMBER   of the pull request
#   COMMENT  file with its Markdown, whose first line marks it as ours
set -euo pipefail
mark=$(head -n 1 "$COMMENT")
comments="repos/$GITHUB_REPOSITORY/issues"
ours=$(gh api "$comments/$NUMBER/comments" --paginate --jq ".[] | select(.body | startswith(\"$mark\")) | .id")
old=$(head -n 1 <<< "$ours")
if [ -n "$old" ]; then gh api --method PATCH "$comments/comments/$old" -F "body=@$COMMENT" > /dev/null
else gh api "$comments/$NUMBER/comments" -F "body=@$COMMENT" > /dev/null; fi
