# sh pinned.sh <program> <script> <arguments of a server>: runs it on the CPUs of --cpus, in this
# very process. A JavaScript program cannot pin itself, and its runtime has threads before it runs.
# The script itself reports wrong arguments.
cpus=
previous=
for argument in "$@"; do
  if [ "$previous" = --cpus ]; then cpus=$argument; fi
  previous=$argument
done
case $cpus in
  '' | *[!0-9,-]* | *- | -* | *,,* | ,* | *,) exec "$@" ;;
esac
exec taskset -c "$cpus" "$@"
