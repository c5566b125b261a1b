# Whether the deployed version is healthy.
if grep -q v3 current; then
  echo "503 Service Unavailable"
  exit 1
fi
