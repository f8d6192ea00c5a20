#!/bin/sh
echo invented
