# sh pinned.sh <program> <script> <arguments of a server>: runs it on the CPUs of --cpus, in this
# very process. A JavaScript program cannot pin itself, and its runtime has threads before it runs.
# What is wrong with the arguments is for the script to say.
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
