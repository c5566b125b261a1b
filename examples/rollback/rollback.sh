# Back to the version before.
test -f previous && mv previous current
echo "$(cat current) is up"
