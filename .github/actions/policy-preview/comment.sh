#!/usr/bin/env bash
# Puts the comment on the pull request, or updates the one that is there.
#   NUMBER   of the pull request
#   COMMENT  file with its Markdown, whose first line marks it as ours
set -euo pipefail
mark=$(head -n 1 "$COMMENT")
# Anybody can write our mark. Whether the token's own user wrote a comment GitHub knows for every kind of token; the REST API says who that is to a
# person's alone. https://docs.github.com/en/graphql/reference/interfaces#comment (viewerDidAuthor)
query='query($owner: String!, $name: String!, $number: Int!, $endCursor: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { comments(first: 100, after: $endCursor) {
    nodes { databaseId viewerDidAuthor body } pageInfo { hasNextPage endCursor } } } } }'
ours=$(gh api graphql --paginate -f query="$query" \
  -f owner="${GITHUB_REPOSITORY%%/*}" -f name="${GITHUB_REPOSITORY#*/}" -F number="$NUMBER" \
  --jq ".data.repository.pullRequest.comments.nodes[] | select(.viewerDidAuthor and (.body | startswith(\"$mark\"))) | .databaseId")
old=$(head -n 1 <<< "$ours")
comments="repos/$GITHUB_REPOSITORY/issues"
if [ -n "$old" ]; then gh api --method PATCH "$comments/comments/$old" -F "body=@$COMMENT" > /dev/null
else gh api "$comments/$NUMBER/comments" -F "body=@$COMMENT" > /dev/null; fi
