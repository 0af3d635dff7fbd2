#!/usr/bin/env bash
# Fetches the trail files of the last days. A bucket keeps years, so that only the months of these days are listed, account by account and Region by Region.
#   BUCKET   the trail's bucket, with the prefix where there is one
#   DAYS     how many, before today
#   ARCHIVE  folder to put them in
set -euo pipefail
bucket=${BUCKET%%/*}
start=${BUCKET#"$bucket"}
start=${start#/}
start=${start:+${start%/}/}

folders() { # PREFIX
  aws s3api list-objects-v2 --bucket "$bucket" --prefix "$1" --delimiter / --query 'CommonPrefixes[].[Prefix]' --output text | sed '/^None$/d'
}

# PREFIX/AWSLogs/[o-…/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/. Other services write below the same accounts.
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
regions() { # PREFIX
  local below each
  case "/$1" in */CloudTrail/) folders "$1"; return ;; esac
  below=$(folders "$1" | sed -En '/(^|\/)(AWSLogs|o-[a-z0-9]+|[0-9]{12}|CloudTrail)\/$/p')
  for each in $below; do regions "$each"; done
}

declare -A months
for ago in $(seq 0 "$DAYS"); do
  day=$(date -u -d "-$ago days" +%Y/%m/%d)
  months[${day%/*}]+=" --include ${day##*/}/*"
done
found=$(regions "$start")
if [ -z "$found" ]; then echo "s3://$BUCKET has no folder of CloudTrail: name the prefix that stands before AWSLogs" >&2; exit 1; fi
mkdir -p "$ARCHIVE"
for region in $found; do
  for month in "${!months[@]}"; do
    echo "s3://$bucket/$region$month $ARCHIVE/$region$month --exclude *${months[$month]}"
  done
done | xargs -P 8 -L 1 aws s3 sync --only-show-errors
