"""Boxes in files of other tools: COCO's JSON and YOLO's text, in and out, and folders of images with them."""
