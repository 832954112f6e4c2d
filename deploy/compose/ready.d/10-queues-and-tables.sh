#!/usr/bin/env bash
# Runs inside the emulator when it is ready, and creates what the CDK app creates on AWS. Existing queues and tables are kept.
set -euo pipefail

dead_letter_retention=1209600 # 14 days, the maximum of SQS
fifo=FifoQueue=true,ContentBasedDeduplication=false,DeduplicationScope=messageGroup,FifoThroughputLimit=perMessageGroupId

# queue NAME DEAD_LETTERS MAX_RECEIVES [ATTRIBUTES]
queue() {
  local name=$1 dead_letters=$2 max_receives=$3 attributes=${4:+,$4} url arn
  url=$(awslocal sqs create-queue --queue-name "$dead_letters" \
    --attributes "MessageRetentionPeriod=$dead_letter_retention,SqsManagedSseEnabled=true$attributes" --query QueueUrl --output text)
  arn=$(awslocal sqs get-queue-attributes --queue-url "$url" --attribute-names QueueArn --query Attributes.QueueArn --output text)
  url=$(awslocal sqs create-queue --queue-name "$name" \
    --attributes "SqsManagedSseEnabled=true$attributes" --query QueueUrl --output text)
  awslocal sqs set-queue-attributes --queue-url "$url" \
    --attributes "{\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"$arn\\\",\\\"maxReceiveCount\\\":$max_receives}\"}"
}

# table NAME PARTITION_KEY [SORT_KEY]
table() {
  local name=$1 definitions=("AttributeName=$2,AttributeType=S") keys=("AttributeName=$2,KeyType=HASH")
  if [ $# -gt 2 ]; then
    definitions+=("AttributeName=$3,AttributeType=S")
    keys+=("AttributeName=$3,KeyType=RANGE")
  fi
  awslocal dynamodb describe-table --table-name "$name" >/dev/null 2>&1 && return
  awslocal dynamodb create-table --table-name "$name" --billing-mode PAY_PER_REQUEST \
    --attribute-definitions "${definitions[@]}" --key-schema "${keys[@]}" >/dev/null
  # Not every emulator supports it, and none needs it: readers skip expired items.
  awslocal dynamodb update-time-to-live --table-name "$name" \
    --time-to-live-specification Enabled=true,AttributeName=ttl >/dev/null || echo "$name: items will not expire here"
}

queue connections connections-dead-letters 5
queue messages.fifo messages-dead-letters.fifo 5 "$fifo"
queue walks.fifo walks-dead-letters.fifo 5 "$fifo"
queue late.fifo late-dead-letters.fifo 30 "$fifo"
table Chat connectionid
table ChatRooms roomshard connectionid
table ChatClosed connectionid
table ChatProgress messageid
table ChatRecent room position
table ChatBans banned
echo "Queues and tables exist."
