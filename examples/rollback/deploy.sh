# Deploys a version; v3 has a fault that only its health check shows.
case "$1" in
  v1 | v2 | v3) cp current previous 2> /dev/null; echo "$1" > current; echo "$1 is up" ;;
  *) echo "there is no version $1"; exit 1 ;;
esac
