#!/bin/sh
# embed.sh code|text FOLDER NAME... - the C source of the table of images, on standard output.
#
# code: FOLDER/NAME.fatbin as bytes. text: FOLDER/NAME.cu with the headers next to it put in
# their places, for NVRTC, which has no folder to look into. Needs od, sed and awk.
LC_ALL=C
export LC_ALL
kind=$1 folder=$2
shift 2

# bytes - standard input as the elements of an array
bytes() { od -An -v -tu1 | sed 's/^ *//; s/  */,/g; s/$/,/'; }

# flatten FILE - the file with each header of the folder where it is first included
flatten() {
  awk -v folder="$folder" '
    function read(file, line) {
      if (file in seen) return
      seen[file] = 1
      while ((getline line < (folder "/" file)) > 0) {
        if (line ~ /^#include "/) {
          split(line, part, "\"")
          read(part[2])
        } else {
          print line
        }
      }
    }
    BEGIN { read(ARGV[1]) }' "$1"
}

echo '/* images.c - written by libgpu/embed.sh. */'
echo '#include "images_internal.h"'
for name; do
  echo "static const _Alignas(16) unsigned char image_$name[] = {"
  if [ "$kind" = code ]; then
    bytes <"$folder/$name.fatbin" || exit 1
  else
    flatten "$name.cu" | bytes || exit 1
  fi
  echo '0};' # ends a text
done
echo 'const tsri_cuda_image tsri_cuda_images[TSRI_CUDA_IMAGES] = {'
for name; do
  echo "  [TSRI_CUDA_IMAGE_$name] = {\"$name.cu\", image_$name, sizeof image_$name - 1, $([ "$kind" = text ] && echo true || echo false)},"
done
echo '};'
