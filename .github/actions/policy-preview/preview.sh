#!/usr/bin/env bash
# Judges the archive under the policy of the pull request's base and under its own, and writes the comment's Markdown.
#   POLICY ARCHIVE APPROVALS MEMBERS  as the inputs of the action
#   BASE      commit that the pull request changes
#   COMMENT   file to write
# Exit: that of `two-eye policy preview`: 0 no change, 3 a change, 1 the policy is not right, 2 some of the archive could not be read.
set -euo pipefail
: "${TWO_EYE:=npm run -s two-eye --}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

git fetch --quiet --depth=1 origin "$BASE"
code=0
if git cat-file -e "$BASE:$POLICY" 2> /dev/null; then
  git show "$BASE:$POLICY" > "$scratch/before.yaml"
  $TWO_EYE policy preview "$scratch/before.yaml" "$POLICY" "$ARCHIVE" \
    ${APPROVALS:+--approvals "$APPROVALS"} ${MEMBERS:+--members "$MEMBERS"} \
    > "$scratch/preview.md" 2> "$scratch/said" || code=$?
else
  $TWO_EYE policy check "$POLICY" > "$scratch/checked" 2> "$scratch/said" || code=$?
  echo 'This pull request adds the policy: there is none to compare it with.' > "$scratch/preview.md"
fi
cat "$scratch/said" >&2

# GitHub takes 65,536 characters; a table is cut between its rows.
most=60000
{
  echo '<!-- two-eye policy preview -->'
  case "$code" in
    0 | 2 | 3)
      if [ "$(wc -c < "$scratch/preview.md")" -gt "$most" ]; then
        head -c "$most" "$scratch/preview.md" | sed '$d'
        printf '\n… cut: the rest is in the log of this check.\n'
        cat "$scratch/preview.md" >&2
      else cat "$scratch/preview.md"; fi
      ;;
    *) printf 'The policy is not right, or the preview could not be made:\n\n~~~~\n%s\n~~~~\n' "$(head -c "$most" "$scratch/said")" ;;
  esac
  if [ "$code" = 2 ]; then printf '\n**Some of the archive or of the approvals could not be read; see the log of this check.**\n'; fi
} > "$COMMENT"
exit "$code"
